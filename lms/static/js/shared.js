/* Shared computer: two minutes before the session ends by itself, say so and offer to stay. */
(function () {
  "use strict";
  var d = document, me = d.currentScript, idle = +me.dataset.idle, warn = +me.dataset.warn, box, last = Date.now();
  function left() { return idle - (Date.now() - last) / 1000; }
  function stay() {
    var body = new URLSearchParams({ csrf_token: me.dataset.token });
    fetch(me.dataset.stay, { method: "POST", body: body, redirect: "error" }).then(function (answer) {
      if (answer.ok) { last = Date.now(); hide(); }
    });
  }
  function hide() { if (box) { box.remove(); box = null; } }
  function show() {
    if (box) { return; }
    box = d.createElement("div");
    box.className = "banner warn";
    box.setAttribute("role", "alert");
    var text = d.createElement("p"), button = d.createElement("button");
    text.textContent = me.dataset.text;
    button.className = "btn btn-s";
    button.type = "button";
    button.textContent = me.dataset.button;
    button.addEventListener("click", stay);
    box.append(text, button);
    (d.querySelector("main") || d.body).prepend(box);
  }
  // Time is compared, not counted: a sleeping computer wakes up to the truth.
  setInterval(function () {
    if (left() <= 0) { location.replace(me.dataset.end); } else if (left() <= warn) { show(); }
  }, 5000);
})();
