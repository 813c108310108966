// Registers the service worker, so that the second visit needs no network. Where there is none (an old browser, a
// private window), Keylight works as before, with network.

/** What the last-resort decoder needs is fetched this long after the page is complete, when the start is over. */
const LAZY_DELAY_MS = 20_000;

if ("serviceWorker" in navigator) {
  addEventListener("load", () => {
    navigator.serviceWorker.register("/sw.js").then(fetchLazyLater, (/** @type {unknown} */ error) => {
      console.info("Keylight works only with network in this browser:", error);
    });
  });
}

/** Ask the worker for what is not needed yet, once it is there and nobody waits. */
async function fetchLazyLater() {
  const { active } = await navigator.serviceWorker.ready;
  setTimeout(() => active?.postMessage("fetch lazy assets"), LAZY_DELAY_MS);
}

export {};
