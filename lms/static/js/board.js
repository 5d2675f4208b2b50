/* The live board: fetches its part again; the page reloads itself without this. ES2019. */
(function () {
  "use strict";
  const box = document.getElementById("papan");
  const seconds = box ? +box.dataset.detik : 0;
  if (!seconds || !window.fetch) { return; }
  let timer = 0;
  const later = () => { clearTimeout(timer); timer = setTimeout(fresh, seconds * 1000); };
  const fresh = () => {
    // Nobody looks, or somebody works inside it with the keyboard: the next round will do.
    if (document.hidden || box.contains(document.activeElement)) { later(); return; }
    fetch(box.dataset.dari + location.search, { headers: { Accept: "text/html" } })
      .then((reply) => (reply.ok ? reply.text() : Promise.reject(reply)))
      .then((html) => { box.innerHTML = html; })
      .catch(() => {})
      .then(later);
  };
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { fresh(); } });
  later();
}());
