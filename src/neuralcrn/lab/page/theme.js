/** Light and dark: as the system has it, until the reader chooses. */

const KEY = "neuralcrn-theme";
const root = document.documentElement;

/** Use what the reader chose before. */
export function restoreTheme() {
  const chosen = localStorage.getItem(KEY);
  if (chosen) root.dataset.theme = chosen;
}

/** Change between light and dark; return the new theme. */
export function switchTheme() {
  const dark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem(KEY, root.dataset.theme);
  return root.dataset.theme;
}
