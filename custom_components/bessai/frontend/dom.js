// Builds elements. What is said by the plant or by a finding becomes a text node and never markup.

const keys = new WeakMap();
const SVG = "http://www.w3.org/2000/svg";

/** An HTML element; an attribute that is false or missing is left out, `onclick` and the like listen. */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function s(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...present(children));
  return node;
}

/** The children that there are, of lists in lists too. */
export function present(children) {
  return children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false);
}

/** Fill a node anew, but only if what it shows has changed: focus and what is read aloud stay. */
export function keep(node, shown, make) {
  const key = JSON.stringify(shown);
  if (keys.get(node) === key) return;
  keys.set(node, key);
  node.replaceChildren(...present([make()]));
}

/** An icon that only repeats what stands beside it. */
export function icon(name) {
  return h("ha-icon", { icon: name, "aria-hidden": "true" });
}

/** Tell Home Assistant something, from within our shadow. */
export function fire(node, type, detail) {
  node.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
}
