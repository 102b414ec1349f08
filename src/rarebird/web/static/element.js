// Elements are built from text alone: names come from the stream and are never read as markup.
export function element(tag, { text, title, className, role } = {}, ...children) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (title) made.title = title;
  if (className) made.className = className;
  if (role) made.setAttribute("role", role);
  made.append(...children);
  return made;
}

export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
