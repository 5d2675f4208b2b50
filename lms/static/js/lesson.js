/* Keeps the reading place of a lesson on the server, and goes back to it on any device. ES2019, no dependency.
   Without this file a lesson works too: the place is then the lesson itself. */
(function () {
  "use strict";
  var d = document, text = d.querySelector("[data-materi]");
  var token = d.querySelector("input[name=csrf_token]");
  if (!text || !token || !window.fetch) { return; }
  var heads = Array.prototype.slice.call(text.querySelectorAll("h2[id], h3[id]"));
  var status = d.getElementById("simpan-tempat");
  var LINE = 96, QUIET = 2500, OFTEN = 10000;
  var sent = { at: 0, permil: -1, bagian: null }, timer = 0, waiting = false, saidAt = 0;

  function top(node) { return node.getBoundingClientRect().top + window.pageYOffset; }

  // The line of reading is a little below the upper edge of the window.
  function place() {
    var line = window.pageYOffset + LINE, begin = top(text), bagian = "";
    heads.forEach(function (head) { if (top(head) <= line + 4) { bagian = head.id; } });
    var permil = Math.round((line - begin) / Math.max(1, text.offsetHeight) * 1000);
    var end = window.innerHeight + window.pageYOffset >= begin + text.offsetHeight - 160;
    return { materi: text.dataset.materi, bagian: bagian, permil: end ? 1000 : Math.min(1000, Math.max(0, permil)) };
  }

  function say(words) {
    var now = Date.now();
    if (status && words && status.textContent !== words && now - saidAt > 5000) { status.textContent = words; saidAt = now; }
  }

  function send(leaving) {
    var here = place();
    clearTimeout(timer);
    timer = 0;
    if (!waiting && here.bagian === sent.bagian && Math.abs(here.permil - sent.permil) < 5) { return; }
    sent = { at: Date.now(), permil: here.permil, bagian: here.bagian };
    waiting = true;
    fetch(text.dataset.posisi, {
      method: "POST", credentials: "same-origin", keepalive: Boolean(leaving), body: JSON.stringify(here),
      headers: { "Content-Type": "application/json", "Accept": "application/json", "X-CSRF-Token": token.value }
    }).then(function (answer) {
      waiting = !answer.ok && answer.status >= 500;
      if (answer.ok) { say(status && status.dataset.tersimpan); }
    }, function () { say(status && status.dataset.luring); });
  }

  function soon() {
    var since = Date.now() - sent.at;
    if (timer && since < OFTEN) { clearTimeout(timer); timer = 0; }
    if (!timer) { timer = setTimeout(send, QUIET); }
  }

  // Back to the saved place, kept between its heading and the next one, since lines break elsewhere on another screen.
  function goBack() {
    var permil = Number(text.dataset.permil), bagian = text.dataset.bagian;
    var asked = decodeURIComponent(location.hash.slice(1));
    if (permil < 10 || permil > 985 || (asked && asked !== bagian)) { return; }
    var aim = top(text) + permil / 1000 * text.offsetHeight;
    var index = heads.findIndex(function (head) { return head.id === bagian; });
    if (index >= 0) {
      aim = Math.max(aim, top(heads[index]));
      if (heads[index + 1]) { aim = Math.min(aim, top(heads[index + 1]) - 40); }
    }
    window.scrollTo(0, Math.max(0, aim - LINE));
  }

  if ("scrollRestoration" in history) { history.scrollRestoration = "manual"; }
  goBack();
  // The browser goes to the address's own heading after this file has run, so the exact place is set once more.
  window.addEventListener("load", function () { setTimeout(goBack, 0); });
  window.addEventListener("scroll", soon, { passive: true });
  window.addEventListener("online", function () { if (waiting) { send(); } });
  window.addEventListener("pagehide", function () { send(true); });
  d.addEventListener("visibilitychange", function () { if (d.visibilityState === "hidden") { send(true); } });
  setTimeout(send, 4000);
})();
