// Asks before something is done that lets the battery be commanded.

import { h } from "./dom.js";

/** Show a question within a root; resolves to whether it was confirmed. */
export function confirm(root, { title, texts, yes, no }) {
  return new Promise((resolve) => {
    const dialog = h("dialog", { "aria-labelledby": "bessai-question", "aria-describedby": "bessai-question-text" },
      h("h3", { id: "bessai-question" }, title),
      h("div", { id: "bessai-question-text" }, texts.map((text) => h("p", {}, text))),
      h("div", { class: "buttons" },
        // The first button has the focus: what is safe is what Enter does.
        h("button", { type: "button", class: "plain", onclick: () => dialog.close("no") }, no),
        h("button", { type: "button", class: "strong", onclick: () => dialog.close("yes") }, yes)));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    root.append(dialog);
    dialog.showModal();
  });
}
