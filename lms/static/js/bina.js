/* Small helps for every page; each page works without them. ES2019, no dependency. */
(function () {
  "use strict";
  var d = document;

  // Error summary: the focus goes there, so that a screen reader begins with it.
  var errors = d.querySelector("[data-focus]");
  if (errors) { errors.focus(); }

  // A second press on the same button within some seconds sends nothing; the server refuses it as well.
  d.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("data-many")) { return; }
    var now = Date.now();
    if (form.sentAt && now - form.sentAt < 8000) { event.preventDefault(); return; }
    form.sentAt = now;
    form.removeAttribute("data-dirty");
    form.setAttribute("aria-busy", "true");
  });
  // The page comes back from the browser's memory: its forms may be sent again.
  window.addEventListener("pageshow", function (event) {
    if (!event.persisted) { return; }
    d.querySelectorAll("form[aria-busy]").forEach(function (form) {
      form.sentAt = 0;
      form.removeAttribute("aria-busy");
    });
  });

  // Unsaved text: ask before leaving.
  d.addEventListener("input", function (event) {
    var form = event.target.form;
    if (form && form.hasAttribute("data-warn")) { form.setAttribute("data-dirty", ""); }
  });
  window.addEventListener("beforeunload", function (event) {
    if (d.querySelector("form[data-dirty]")) { event.preventDefault(); event.returnValue = ""; }
  });

  // Menus shut on Escape, on a click elsewhere, and when the focus leaves.
  function shut(except) {
    d.querySelectorAll("details[data-shut][open]").forEach(function (menu) {
      if (!except || !menu.contains(except)) { menu.open = false; }
    });
  }
  d.addEventListener("click", function (event) { shut(event.target); });
  d.addEventListener("focusin", function (event) { shut(event.target); });
  d.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") { return; }
    var open = d.querySelector("details[data-shut][open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); }
  });

  // Printing opens what is folded.
  window.addEventListener("beforeprint", function () {
    d.querySelectorAll("main details:not([open])").forEach(function (part) { part.open = true; });
  });
})();
