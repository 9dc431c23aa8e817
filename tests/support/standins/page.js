// Reload only when something new has come in, so that an opened email stays as it is.
const shown = __VERSION__;
for (const time of document.querySelectorAll("time")) {
  time.title = time.textContent;
  time.textContent = new Date(time.dateTime).toLocaleString();
}
const state = document.getElementById("state");
const counts = state.textContent;
setInterval(async () => {
  try {
    const answer = await fetch("/_control/version");
    if ((await answer.json()).version !== shown) location.reload();
    else state.textContent = counts;
  } catch {
    state.textContent = "The stand-in has stopped; this page shows what it had.";
  }
}, 1500);
