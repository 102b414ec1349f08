// Before the first paint: ?theme=light or ?theme=dark overrules what the browser prefers.
const theme = new URLSearchParams(location.search).get("theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
