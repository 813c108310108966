// Runs before the first paint (a classic script in <head>), so that nobody is flashed by the wrong theme.
{
  let saved = null;
  try {
    saved = JSON.parse(localStorage.getItem("keylight.settings") ?? "{}").theme;
  } catch {
    // No storage, or not ours: the system decides.
  }
  const light = saved === "light" || (saved !== "dark" && matchMedia("(prefers-color-scheme: light)").matches);
  document.documentElement.dataset.theme = light ? "light" : "dark";
}
