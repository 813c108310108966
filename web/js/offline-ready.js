/**
 * Whether the next visit needs no network: a service worker is active for this page.
 */

/** @returns {Promise<boolean>} settles when it is so; false where there are no service workers */
export async function offlineReady() {
  if (!("serviceWorker" in navigator)) return false;
  const registration = await navigator.serviceWorker.ready;
  return registration.active !== null;
}
