// What pages do by themselves. Without it everything works, by a click more.
"use strict";

// Put what the server says now in the place of `element`, which has an id and stays in its place.
async function renew(element, url) {
  const answer = await fetch(url);
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
