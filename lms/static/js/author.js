/* Saves a lesson while its author writes, shows it as a telephone does, and keeps what could not be sent.
   ES2019, no dependency. Without this file the button "Simpan" does the same. */
(function () {
  "use strict";
  var d = document, form = d.getElementById("materi"), status = d.getElementById("simpan-naskah");
  if (!form || !status || !window.fetch) { return; }
  var token = form.querySelector("input[name=csrf_token]"), text = form.elements.isi, version = form.elements.versi;
  var preview = d.getElementById("pratinjau-teks"), offer = d.getElementById("cadangan");
  var key = "bina-naskah-" + status.dataset.naskah, QUIET = 3000, AGAIN = 8000;
  var timer = 0, busy = false, changed = false, stopped = false, shown = "";

  function keep(value) {
    try { if (value === null) { localStorage.removeItem(key); } else { localStorage.setItem(key, value); } } catch (e) { /* full or shut */ }
  }
  function kept() {
    try { return JSON.parse(localStorage.getItem(key) || "null"); } catch (e) { return null; }
  }
  function say(words) { if (words !== shown) { status.textContent = shown = words; } }
  function value(name) { return form.elements[name] ? form.elements[name].value : undefined; }

  function body() {
    return JSON.stringify({ versi: Number(version.value), judul: value("judul"), menit: Number(value("menit")) || 0,
      isi: text.value, alt: value("alt"), transkrip: value("transkrip"), tautan: value("tautan") });
  }

  function send() {
    clearTimeout(timer);
    timer = 0;
    if (busy || stopped || !changed) { return; }
    busy = true;
    changed = false;
    fetch(status.dataset.alamat, {
      method: "POST", credentials: "same-origin", body: body(),
      headers: { "Content-Type": "application/json", "Accept": "application/json", "X-CSRF-Token": token.value }
    }).then(function (answer) {
      return answer.json().then(function (got) {
        busy = false;
        if (answer.ok) {
          version.value = got.versi;
          say(got.pesan);
          if (preview) { preview.innerHTML = got.html; }
          if (!changed) { keep(null); form.removeAttribute("data-dirty"); }
        } else {
          // Another window has saved: what is written here goes on by the button, which shows both.
          stopped = answer.status === 409;
          say(got.pesan || status.dataset.luring);
          if (!stopped) { changed = true; timer = setTimeout(send, AGAIN); }
        }
        if (changed && !timer && !stopped) { timer = setTimeout(send, QUIET); }
      });
    }).catch(function () {
      busy = false;
      changed = true;
      say(status.dataset.luring);
      if (!timer) { timer = setTimeout(send, AGAIN); }
    });
  }

  form.addEventListener("input", function (event) {
    if (event.target.type === "file") { return; }
    changed = true;
    keep(JSON.stringify({ versi: Number(version.value), isi: text.value }));
    if (!stopped) { clearTimeout(timer); timer = setTimeout(send, QUIET); }
  });
  form.addEventListener("submit", function () { clearTimeout(timer); stopped = true; keep(null); });
  window.addEventListener("online", send);
  d.addEventListener("visibilitychange", function () { if (d.visibilityState === "hidden") { send(); } });

  // What the browser still holds from before it was shut is offered back.
  var old = kept();
  if (old && offer && typeof old.isi === "string" && old.isi.trim() !== text.value.trim()) {
    offer.hidden = false;
    offer.querySelector("[data-pakai]").addEventListener("click", function () {
      text.value = old.isi;
      offer.hidden = true;
      text.dispatchEvent(new Event("input", { bubbles: true }));
    });
    offer.querySelector("[data-buang]").addEventListener("click", function () { keep(null); offer.hidden = true; });
  }
})();
