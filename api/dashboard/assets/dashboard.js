// What pages do by themselves. Without it everything works, by a click more.
"use strict";

// Put what the server says now in the place of `element`, which has an id and stays in its place.
async function renew(element, url) {
  const answer = await fetch(url);
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById(element.id);
  if (fresh === null || fresh.innerHTML === element.innerHTML) return;
  element.innerHTML = fresh.innerHTML;
  toEnd(element);
}

// <… data-at-end>: shows its end, as a chat does.
function toEnd(element) {
  if ("atEnd" in element.dataset) element.scrollTop = element.scrollHeight;
}
document.querySelectorAll("[data-at-end]").forEach(toEnd);

// <div id="…" data-renew-seconds="5">: looks again while the page is looked at, and nobody is in it.
for (const element of document.querySelectorAll("[data-renew-seconds]")) {
  setInterval(() => {
    if (document.hidden || element.contains(document.activeElement)) return;
    renew(element, location.href).catch(() => {});
  }, element.dataset.renewSeconds * 1000);
}

// <div id="…" data-load="/…">: puts that page's element of the same id in its place, once.
for (const element of document.querySelectorAll("[data-load]")) {
  renew(element, element.dataset.load).catch(() => {});
}

// <form data-reckon="/…">: puts what the server says of the form's fields into its [aria-live].
for (const form of document.querySelectorAll("form[data-reckon]")) {
  const place = form.querySelector("[aria-live]");
  let waiting = 0;
  let asked = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const number = ++asked;
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.dataset.reckon, { method: "POST", body }).catch(() => null);
      if (answer === null || !answer.ok || answer.redirected) return;
      const told = await answer.text();
      if (number === asked) place.innerHTML = told;
    }, 250);
  });
}

// <form data-submit-on-change>: its button is for who has no script.
for (const form of document.querySelectorAll("form[data-submit-on-change]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

// <input type="file" data-fills="id">: puts a chosen file's text into the field with that id.
for (const input of document.querySelectorAll("[data-fills]")) {
  input.closest("[data-needs-script]").hidden = false;
  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (!file) return;
    const field = document.getElementById(input.dataset.fills);
    if (input.dataset.fillsAs !== "base64") field.value = await file.text();
    else field.value = btoa(String.fromCharCode(...new Uint8Array(await file.arrayBuffer())));
  });
}

// <form data-passkey="get" data-options="{…}">: asks the browser for a passkey before it is sent.
for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) continue;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const options = JSON.parse(form.dataset.options);
    const complaint = form.querySelector("[role=alert]");
    complaint.hidden = true;
    try {
      const made =
        form.dataset.passkey === "get"
          ? await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) })
          : await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
      form.elements.credential.value = JSON.stringify(made.toJSON());
      form.submit();
    } catch {
      complaint.hidden = false;
    }
  });
}
