/* Leave a Reply, admin: shows how far an import is. Without it, the page has a link for that. */
(() => {
  const LOOK_EVERY = 2000; // ms

  async function look() {
    try {
      const answer = await fetch(location.href);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const state = page.getElementById("state");
      if (answer.ok && state?.hasAttribute("data-works")) {
        document.querySelector("#state [role=status]").textContent = state.querySelector("[role=status]").textContent;
        const [here, there] = [document, state].map((place) => place.querySelector("progress"));
        if (!here !== !there) return location.reload();
        if (here) [here.max, here.value] = [there.max, there.value];
      } else if (answer.ok) {
        return location.reload();
      }
    } catch { /* the next look may succeed */ }
    setTimeout(look, LOOK_EVERY);
  }
  setTimeout(look, LOOK_EVERY);
})();
