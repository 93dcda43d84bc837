// What pages do by themselves. Without it everything works, by a click more.
"use strict";

// Put what the server says now in the place of `element`, which has an id and stays in its place.
async function renew(element, url, options) {
  const answer = await fetch(url, options);
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById(element.id);
  if (fresh !== null && fresh.innerHTML !== element.innerHTML) element.innerHTML = fresh.innerHTML;
}

// <div id="…" data-renew-seconds="5">: looks again while the page is looked at, and nobody is in it.
for (const element of document.querySelectorAll("[data-renew-seconds]")) {
  setInterval(() => {
    if (document.hidden || element.contains(document.activeElement)) return;
    renew(element, location.href).catch(() => {});
  }, element.dataset.renewSeconds * 1000);
}

// <form data-preview="/path" data-preview-into="id">: tells the server what is typed, shows its answer.
for (const form of document.querySelectorAll("form[data-preview]")) {
  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const element = document.getElementById(form.dataset.previewInto);
      const body = new URLSearchParams(new FormData(form));
      renew(element, form.dataset.preview, { method: "POST", body }).catch(() => {});
    }, 250);
  });
}
