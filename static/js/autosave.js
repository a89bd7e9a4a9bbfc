// Saves a section while one types: to this device at once, to the portal after a pause.
// The server alone decides; its signed `base` says what this page has seen. All words come from
// the page ([data-saved]). What did not reach the portal is offered again when the page is opened.
(() => {
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  const { autosave: address, user, case: record, section } = form.dataset;
  const key = `clair:${user}:${record}:${section}`;
  const told = form.querySelector("[data-saved]");
  const words = told.dataset;
  const PAUSE = 1000, AGAIN = 5000;
  const OWN = new Set(["csrfmiddlewaretoken", "version", "base", "section", "form", "go"]);
  let timer = 0, sending = null, changed = false;

  const entries = () => [...new FormData(form)].filter(([name, value]) => !OWN.has(name) && typeof value === "string");
  const text = (pairs) => JSON.stringify(pairs);
  const opened = text(entries());

  function keep(more = {}) {
    try {
      const focus = document.activeElement?.form === form ? document.activeElement.id : kept()?.focus || "";
      const base = form.elements.base.value;
      localStorage.setItem(key, JSON.stringify({ entries: entries(), focus, base, at: Date.now(), ...more }));
    } catch { /* a full or closed store: the portal still saves */ }
  }
  function kept() {
    try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
  }
  function forget() {
    try { localStorage.removeItem(key); } catch { /* nothing was kept */ }
  }
  function say(words_) { told.textContent = words_; }

  function later(pause = PAUSE) {
    clearTimeout(timer);
    timer = setTimeout(send, pause);
  }

  async function send(keepalive = false) {
    clearTimeout(timer);
    if (sending) { await sending; }
    if (!changed) return;
    sending = post(keepalive === true);
    try { await sending; } finally { sending = null; }
  }

  async function post(keepalive) {
    const sent = text(entries());
    say(words.wordSaving);
    let answer;
    try {
      answer = await fetch(address, {
        method: "POST", body: new URLSearchParams(new FormData(form)), keepalive,
        headers: { Accept: "application/json" }, credentials: "same-origin", redirect: "error",
      });
    } catch {
      say(words.wordOffline);
      return later(AGAIN);
    }
    if (answer.status === 401 || answer.status === 403) return ended();
    const body = await answer.json().catch(() => ({}));
    if (answer.ok) return saved(body, sent);
    if (body.again) return later(AGAIN);
    if (answer.status >= 500) { say(words.wordOffline); return later(AGAIN); }
    say(body.error || words.wordReload);
    show(body.conflicts || []);
  }

  function saved(body, sent) {
    form.elements.version.value = body.version;
    form.elements.base.value = body.base;
    say(`${words.wordSaved} ${body.saved_at}`);
    show([]);
    if (text(entries()) === sent) { changed = false; forget(); } else { later(); }
  }

  function ended() {
    const link = document.querySelector("[data-sign-in-again]");
    keep({ resume: true });  // after the sign-in it is put back without asking
    const focus = kept()?.focus;
    const back = location.pathname + (focus ? `#${focus}` : "");
    link.querySelector("a").href = `${form.dataset.signIn}?next=${encodeURIComponent(back)}`;
    link.hidden = false;
    say(words.wordEnded);
  }

  function show(conflicts) {
    const box = document.querySelector("[data-conflicts]");
    box.hidden = !conflicts.length;
    box.querySelector("ul").replaceChildren(...conflicts.map((field) => {
      const item = document.createElement("li");
      const name = document.createElement("strong");
      name.textContent = field.label;
      const lines = [[words.wordMine, field.mine], [words.wordTheirs, field.theirs]].map(([word, value]) => {
        const line = document.createElement("div");
        line.textContent = `${word}: ${value || "－"}`;
        return line;
      });
      item.append(name, ...lines);
      return item;
    }));
  }

  function restore(pairs) {
    form.dispatchEvent(new CustomEvent("lines-needed", { detail: pairs }));
    const values = new Map();
    for (const [name, value] of pairs) values.set(name, [...(values.get(name) || []), value]);
    for (const control of form.elements) {
      if (!control.name || OWN.has(control.name) || control.type === "hidden") continue;
      const found = values.get(control.name) || [];
      if (control.type === "checkbox" || control.type === "radio") control.checked = found.includes(control.value);
      else if (control.tagName !== "BUTTON" && control.type !== "file") control.value = found[0] ?? "";
    }
  }

  function offer() {
    const found = kept();
    if (!found) return;
    if (text(found.entries) === opened) return forget();
    const box = document.querySelector("[data-offer]");
    form.before(box);
    function takeUp() {
      restore(found.entries);
      if (found.base) form.elements.base.value = found.base;  // a colleague's entry since then is compared
      box.hidden = true;
      changed = true;
      send();
      (document.getElementById(found.focus) || form).focus();
    }
    if (found.resume) return takeUp();
    box.hidden = false;
    box.querySelector("[data-take-up]").addEventListener("click", takeUp);
    box.querySelector("[data-let-go]").addEventListener("click", () => { forget(); box.hidden = true; });
  }

  form.addEventListener("input", () => { changed = true; keep(); later(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) send(true); });
  addEventListener("online", () => send());
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (changed) keep();
    if (!sending) { changed = false; return; }  // leaving the page must not send again what this saves
    event.preventDefault();  // the answer brings the base that this save is compared with
    const button = event.submitter;
    sending.finally(() => form.requestSubmit(button));
  });
  if (location.hash) document.getElementById(location.hash.slice(1))?.focus();
  offer();
})();
