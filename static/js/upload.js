// Sends chosen or dropped files one by one, shows how far each is, and why one is refused.
// Without this file the form sends them all at once.
(() => {
  const form = document.querySelector("form[data-upload]");
  if (!form) return;
  const box = form.querySelector("[data-drop]");
  const input = form.querySelector("input[type=file]");
  const list = form.querySelector("[data-progress]");
  const words = list.dataset;
  const question = form.elements.question;
  let queue = Promise.resolve(), refusedAny = false, waiting = 0, pressed = false;

  function row(file) {
    const item = document.createElement("li");
    item.className = "file-list__item";
    const name = document.createElement("span");
    name.textContent = file.name;
    const bar = document.createElement("progress");
    bar.max = 100;
    bar.setAttribute("aria-label", file.name);
    const note = document.createElement("p");
    note.className = "file-list__facts";
    item.append(name, " ", bar, note);
    list.append(item);
    return { bar, note };
  }

  function send(file, chosen) {
    const { bar, note } = row(file);
    waiting += 1;
    queue = queue.then(() => new Promise((done) => {
      const request = new XMLHttpRequest();
      const data = new FormData();
      for (const name of ["csrfmiddlewaretoken", "version"]) data.set(name, form.elements[name].value);
      for (const name of ["behalf_reason", "paper_arrived_on"]) {
        if (form.elements[name]) data.set(name, form.elements[name].value);
      }
      data.set("question", chosen);
      data.append("files", file, file.name);
      request.open("POST", form.getAttribute("action") || location.pathname);
      request.setRequestHeader("Accept", "application/json");
      request.responseType = "json";
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total;
      });
      request.addEventListener("loadend", () => {
        finish(request.response, bar, note);
        done();
      });
      request.send(data);
    }));
  }

  function finish(answer, bar, note) {
    waiting -= 1;
    bar.remove();
    const refused = answer?.refused ?? [words.wordFailed];
    if (answer?.version) {
      for (const field of document.querySelectorAll("input[name=version]")) field.value = answer.version;
    }
    refusedAny ||= refused.length > 0;
    note.textContent = refused.length ? `${words.wordRefused}: ${refused.join(" ")}` : words.wordAdded;
    if (waiting) return;
    if (refusedAny) { form.querySelector("[data-reload]").hidden = false; redraw(); }
    else if (pressed) location.assign(form.dataset.upload);
    else location.reload();
  }

  // After a refusal the page stays for its reasons; the lists around the form are fetched anew.
  async function redraw() {
    const answer = await fetch(location.pathname, { credentials: "same-origin" }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of ["[data-there]", "[data-out]"]) {
      const found = fresh.querySelector(part);
      if (found) document.querySelector(part).replaceWith(found);
    }
  }

  function take(files) {
    const chosen = question ? question.value : "";
    for (const file of files) send(file, chosen);
    input.value = "";
  }

  form.querySelector("[data-drop-hint]").hidden = false;
  form.addEventListener("submit", (event) => {
    if (!input.files.length) return;
    event.preventDefault();
    pressed = true;
    take([...input.files]);
  });
  for (const name of ["dragenter", "dragover"]) {
    box.addEventListener(name, (event) => { event.preventDefault(); box.classList.add("field__control--drop"); });
  }
  for (const name of ["dragleave", "drop"]) {
    box.addEventListener(name, () => box.classList.remove("field__control--drop"));
  }
  box.addEventListener("drop", (event) => { event.preventDefault(); take([...event.dataTransfer.files]); });
})();
