// Shows the progress of an export without loading the page again, which the header Refresh does for
// browsers without scripts.
"use strict";
(() => {
  const card = () => document.querySelector("[data-refresh]");
  const wait = () => card() && setTimeout(load, 1000 * card().dataset.refresh);

  async function load() {
    if (!document.hidden) {
      try {
        const answer = await fetch(location.href, { cache: "no-store" });
        const made = new DOMParser().parseFromString(await answer.text(), "text/html");
        // An error of the gateway is no page: ask again later.
        if (made.querySelector("main")) show(made);
      } catch {
        // The network is away: ask again later.
      }
    }
    wait();
  }

  function show(made) {
    const focused = document.activeElement?.id;
    document.querySelector("main").replaceWith(document.adoptNode(made.querySelector("main")));
    if (focused) document.getElementById(focused)?.focus();
    if (document.title === made.title) return;
    document.title = made.title;
    document.querySelector("[role=status]").textContent = made.title;
  }

  addEventListener("load", () => {
    // Ends the wait that the header Refresh began.
    stop();
    wait();
  });
})();
