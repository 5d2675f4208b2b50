/* The exam page: saves at once, keeps what was not sent, goes on without a line. The page works without it. ES2019. */
(function () {
  "use strict";
  const d = document;
  const $ = (id) => d.getElementById(id);
  const all = (chosen) => [...d.querySelectorAll(chosen)];
  const on = (target, name, act) => target.addEventListener(name, act);
  const form = $("soal");
  const finish = $("kumpul");
  const home = (form || finish || {}).dataset;
  if (!home || !window.fetch) { return; }
  const words = $("kata").dataset;
  const token = (form || finish).elements.csrf_token;
  const base = "/ujian/" + home.ujian;
  const say = (text, more) => text.replace(/\{(\w+)\}/g, (_, name) => more[name]);
  const letters = (count) => Array.from(crypto.getRandomValues(new Uint8Array(count)), (n) => (n % 36).toString(36)).join("");

  // What waits to be sent: attempt, question, option codes or text, revision. Nothing tells who the person is.
  const KEY = "bina.ujian." + home.ujian;
  const stored = (key, value) => {
    try {
      if (value === null) { localStorage.removeItem(key); } else if (value) { localStorage.setItem(key, value); }
      return localStorage.getItem(key);
    } catch (_) { return null; }
  };
  const device = stored("bina.perangkat") || stored("bina.perangkat", letters(12)) || letters(12);
  const tab = letters(8);
  let count = 0;
  let memory = [];
  const queue = () => {
    try { memory = JSON.parse(stored(KEY)) || memory; } catch (_) { memory = []; }
    return memory;
  };
  const keep = (rows) => { memory = rows; stored(KEY, rows.length ? JSON.stringify(rows) : null); };
  const newId = () => device + ":" + tab + ":" + (count += 1);
  const waiting = (q) => queue().filter((row) => row.q === q);

  // Each question as this page knows it: options, text, doubt, revision, two versions.
  const known = {};
  const places = {};
  let here = form && home.soal;
  let number = form ? +home.nomor : 0;
  let total = form ? +home.jumlah : 0;
  let sheet = null;
  let failures = 0;
  let closed = false;
  // Lists and gaps of a question; each answers as code=value.
  const parts = () => all("[data-isi]").map((p) => [p, p.dataset.isi + "="]);
  const read = () => ({
    o: all("[name=jawaban]:checked").map((p) => p.value)
      .concat(parts().filter(([p]) => p.value.trim()).map(([p, k]) => k + p.value.trim())).sort(),
    t: form.elements.teks ? form.elements.teks.value.trim() : "",
    f: form.elements.ragu.checked,
  });
  const same = (one, other) => one.f === other.f && one.t === other.t && one.o.join() === other.o.join();
  const fill = (held) => {
    all("[name=jawaban]").forEach((p) => { p.checked = held.o.includes(p.value); });
    parts().forEach(([p, k]) => { p.value = (held.o.find((o) => o.startsWith(k)) || k).slice(k.length); });
    if (form.elements.teks) { form.elements.teks.value = held.t; }
    form.elements.ragu.checked = held.f;
    form.elements.revisi.value = held.r;
  };

  // Save state, always in the same corner; the map; one message above the question.
  const chip = $("simpanan");
  const showChip = (kind, text) => {
    if (!chip) { return; }
    const use = chip.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, "#" + { ok: "saved", info: "clock", warn: "unsent" }[kind]));
    chip.className = "chip " + kind;
    if (chip.lastElementChild.textContent !== text) { chip.lastElementChild.textContent = text; }
  };
  const showUnsent = () => {
    const unsent = new Set(queue().map((row) => row.q));
    const line = $("belum");
    line.hidden = !unsent.size;
    line.textContent = unsent.size ? say(words.unsentLong, { n: unsent.size }) : "";
    if (unsent.size && failures) { showChip("warn", say(words.unsent, { n: unsent.size })); }
    const counts = { a: 0, d: 0, e: 0 };
    all(".qmap a").forEach((link) => {
      const question = places[link.dataset.no];
      const held = known[question];
      const cls = held ? (held.f ? "d" : held.o.length || held.t ? "a" : "e") : link.className[0];
      const waits = unsent.has(question);
      counts[cls] += 1;
      link.className = cls + (waits ? " u" : "");
      link.lastElementChild.textContent = ", " + words[cls] + (waits ? ", " + words.pending : "");
    });
    all("[data-count]").forEach((place) => { place.textContent = counts[place.dataset.count]; });
  };
  let told = "";
  const tell = (kind, title, more, href, name) => {
    const box = $("kabar");
    if (told === title) { return; }
    told = title;
    box.textContent = "";
    if (!title) { return; }
    const banner = box.appendChild(d.createElement("div"));
    banner.className = "banner " + kind;
    const text = banner.appendChild(d.createElement("div"));
    text.appendChild(d.createElement("strong")).textContent = title;
    text.append(" " + more + " ");
    if (href) { const link = text.appendChild(d.createElement("a")); link.href = href; link.textContent = name; link.target = "_blank"; }
  };

  // Sending: one after another, each with an id of its own, so that a repetition is one effect.
  let sending = null;
  let timer = 0;
  let mustAsk = false;
  const send = (path, body) => {
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), 15e3);
    const headers = { Accept: "application/json" };
    if (body) { headers["Content-Type"] = "application/json"; headers["X-CSRF-Token"] = token.value; }
    return fetch(base + path, { method: body ? "POST" : "GET", body: body && JSON.stringify(body), signal: stop.signal, keepalive: !!body, headers })
      .finally(() => clearTimeout(limit));
  };
  // The supervisor's word: a pause leads to its page, a message stands above the question.
  const stands = () => { flush(); location.replace(base); };
  let heard = 0;
  const notice = (text) => {
    const box = $("pesan");
    const now = box && box.querySelector(".banner div");
    if (!box || (now ? now.textContent.includes(text) && text : !text)) { return; }
    box.textContent = "";
    if (!text) { return; }
    const banner = box.appendChild(d.createElement("div"));
    banner.className = "banner info";
    const line = banner.appendChild(d.createElement("div"));
    line.appendChild(d.createElement("strong")).textContent = words.notice;
    line.append(" " + text);
  };
  const ask = async () => {
    const reply = await send("/keadaan");
    if (reply.status === 401) { tell("warn", words.login, words.loginMore, "/masuk?lanjut=" + location.pathname, words.loginLink); }
    if (!reply.ok) { throw reply; }
    const state = await reply.json();
    token.value = state.token;
    setLeft(state.seconds_left);
    mustAsk = false;
    heard = performance.now();
    notice(state.notice);
    if (state.phase === "paused" && !queue().length) { stands(); }
    return state;
  };
  // What waits behind a row that arrived builds on what the server holds now.
  const arrived = (row, revision) => {
    keep(queue().filter((r) => r.c !== row.c).map((one) => (one.after === row.c ? Object.assign(one, { b: revision, after: 0 }) : one)));
    const held = known[row.q];
    if (held && revision > held.r) { held.r = revision; }
    if (held && row.k) { held.k = false; }
    if (held && row.q === here) { form.elements.revisi.value = held.r; }
  };
  // Another device was there first: what the server holds is shown; what was sent is kept there too.
  const overtaken = (row, reply) => {
    keep(queue().filter((r) => r.q !== row.q));
    known[row.q] = { o: reply.o.sort(), t: reply.t, f: reply.f, r: reply.revision, k: true };
    if (row.q === here) { fill(known[row.q]); }
    tell("warn", say(words.two, { n: Object.keys(places).find((n) => places[n] === row.q) || "" }), words.twoMore);
  };
  const step = async () => {
    const row = queue()[0];
    if (!row || closed) { return null; }
    // A tab that slept knows old revisions: it asks before it sends.
    if (mustAsk) { await ask(); }
    row.tried = 1;
    keep(queue().map((r) => (r.c === row.c ? row : r)));
    const reply = await send("/simpan", { q: row.q, o: row.o, t: row.t, f: row.f, b: row.b, c: row.c, k: row.k });
    const body = await reply.json().catch(() => ({}));
    if (body.seconds_left !== undefined) { setLeft(body.seconds_left); }
    if (reply.ok) {
      arrived(row, body.revision);
      if (body.paused && !queue().length) { stands(); }
      return body;
    }
    if (body.code === "two_versions") { overtaken(row, body); return body; }
    if (reply.status === 410) { closed = true; keep([]); location.replace(base + "/hasil"); return null; }
    if (reply.status === 404 || reply.status === 422) { arrived(row, 0); tell("bad", words.bad, words.badMore); return body; }
    mustAsk = true;
    if (reply.status === 401) { await ask(); }
    throw reply;
  };
  const work = async () => {
    try {
      let last = null;
      for (let reply = await step(); reply; reply = await step()) { last = reply; }
      if (failures) { failures = 0; tell(); }
      if (last && last.at && !queue().length) { showChip("ok", say(words.saved, { time: last.at })); }
    } catch (problem) {
      failures += 1;
      if (problem.status !== 401) { tell("warn", problem.status ? words.server : words.offline, words.offlineMore); }
      timer = setTimeout(drain, Math.min(3e4, 1000 * 2 ** failures) * (0.75 + Math.random() / 2));
    }
    sending = null;
    showUnsent();
  };
  const drain = () => {
    if (sending) { return sending; }
    clearTimeout(timer);
    if (!queue().length || (d.hidden && mustAsk)) { return Promise.resolve(); }
    if (!failures) { showChip("info", words.saving); }
    sending = work();
    return sending;
  };

  // Time: the server's alone, counted on from its last word.
  const clock = d.querySelector(".timer");
  let ends = 0;
  const setLeft = (seconds) => { ends = performance.now() + seconds * 1000; };
  const warned = new Set();
  const two = (n) => String(n).padStart(2, "0");
  const end = () => {
    flush();
    drain().then(ask).then(() => { location.replace(base + "/" + (number || 1)); }).catch(() => { setTimeout(end, 4e3); });
  };
  const tick = (first) => {
    const left = Math.max(0, Math.ceil((ends - performance.now()) / 1000));
    const time = clock.querySelector("time");
    time.textContent = (left >= 3600 ? Math.floor(left / 3600) + "." : "") + two(Math.floor(left / 60) % 60) + "." + two(left % 60);
    clock.classList.toggle("warn", left <= 300);
    [30, 10, 5, 1].forEach((n) => {
      if (left > n * 60 || warned.has(n)) { return; }
      warned.add(n);
      if (first !== true) { $("kabar-waktu").textContent = say(words.minutes, { n: n }); }
    });
    if (!left) { clearInterval(ticking); end(); }
  };
  let ticking = 0;

  // What the person does.
  let typing = 0;
  const flush = (settles) => {
    clearTimeout(typing);
    if (!form || closed) { return; }
    const now = read();
    const before = known[here];
    if (same(now, before) && !(before.k && settles === true)) { return; }
    known[here] = Object.assign(now, { r: before.r, k: before.k });
    // A row that was never tried is replaced; one that may have arrived stays, and this one follows it.
    const rows = queue().filter((r) => r.tried || r.q !== here);
    const last = rows.filter((r) => r.q === here).pop();
    rows.push({ a: home.ujian, q: here, o: now.o, t: now.t, f: now.f, b: now.r, c: newId(), k: now.k, after: last && last.c });
    keep(rows);
    showUnsent();
    drain();
  };
  const show = (n, push) => {
    const next = sheet && sheet[n];
    if (!next) { return false; }
    flush();
    here = next.q;
    number = n;
    $("isian").innerHTML = next.html;
    form.action = base + "/" + n;
    form.elements.soal.value = here;
    form.elements.kirim.value = newId();
    fill(known[here]);
    $("nomor").textContent = n;
    d.title = say(words.title, { n: n, total: total }) + " · Bina";
    all(".qmap a").forEach((link) => { link[+link.dataset.no === n ? "setAttribute" : "removeAttribute"]("aria-current", "step"); });
    const back = $("sebelum");
    back.hidden = n === 1;
    back.href = base + "/" + (n - 1);
    back.lastElementChild.textContent = n - 1;
    if (push) { history.pushState(null, "", base + "/" + n); }
    if (!failures) { tell(); }
    showUnsent();
    $("judul").focus();
    window.scrollTo(0, 0);
    return true;
  };
  const numberOf = (place) => (place.pathname.startsWith(base + "/") ? +place.pathname.slice(base.length + 1) || 0 : 0);
  const go = (href) => drain().then(() => { if (failures) { tell(); tell("warn", words.offline, words.noLine); } else { location.href = href; } });
  const load = () => send("/lembar").then((reply) => reply.json()).then((body) => {
    const found = {};
    body.items.forEach((item) => {
      found[item.n] = item;
      places[item.n] = item.q;
      if (item.q === here) { return; }
      const held = waiting(item.q).pop() || item;
      known[item.q] = { o: held.o.slice().sort(), t: held.t, f: held.f, r: item.r, k: item.k };
    });
    sheet = found;
    showUnsent();
  }).catch(() => { setTimeout(load, 8e3); });

  if (form) {
    known[here] = Object.assign(read(), { r: +home.revisi, k: "dua" in home });
    places[number] = here;
    const unsent = waiting(here).pop();
    if (unsent) { Object.assign(known[here], { o: unsent.o, t: unsent.t, f: unsent.f }); fill(known[here]); }
    on(form, "change", flush);
    on(form, "focusout", flush);
    on(form, "input", (event) => { if (/^text/.test(event.target.type)) { clearTimeout(typing); typing = setTimeout(flush, 3e3); } });
    on(form, "submit", (event) => {
      event.preventDefault();
      flush(true);
      if (number < total && show(number + 1, true)) { return; }
      go(base + (number < total ? "/" + (number + 1) : "/periksa"));
    });
    on(d, "click", (event) => {
      const link = event.target.closest("a[href]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey || link.hash) { return; }
      const n = numberOf(link);
      if (n && show(n, true)) { event.preventDefault(); } else if (n || link.id === "ke-periksa") { event.preventDefault(); flush(); go(link.href); }
    });
    on(window, "popstate", () => { const n = numberOf(location); if (n && n !== number && !show(n)) { location.reload(); } });
    on(window, "pagehide", flush);
    // All questions, once and without their keys: a lost line then stops nobody.
    load();
  } else {
    const hand = () => drain().then(() => { if (!queue().length && !closed) { finish.submit(); } });
    on(finish, "submit", (event) => { if (queue().length) { event.preventDefault(); hand(); } });
    if ("habis" in home) { hand(); }
  }
  // A sign of life once a minute, which also brings pauses, more time and messages.
  setInterval(() => { if (!d.hidden && !closed && performance.now() - heard > 45000) { heard = performance.now(); ask().catch(() => {}); } }, 15000 + Math.random() * 10000);
  if (clock) { setLeft(+clock.dataset.seconds); ticking = setInterval(tick, 1000); tick(true); }
  showUnsent();
  drain();
  on(window, "online", drain);
  on(window, "storage", (event) => { if (event.key === KEY) { memory = []; showUnsent(); } });
  on(d, "visibilitychange", () => {
    if (d.hidden) { flush(); mustAsk = true; return; }
    ask().then((state) => {
      // A newer answer from elsewhere is fetched, not overwritten.
      Object.keys(state.items).forEach((q) => {
        if (!known[q] || state.items[q] <= known[q].r || waiting(q).length) { return; }
        if (q === here) { location.reload(); } else { sheet = null; load(); }
      });
    }).catch(() => {}).then(drain);
  });
}());
