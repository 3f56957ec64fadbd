// A part of the card. It is drawn anew only when what it shows has changed.

import { h, keep } from "./dom.js";

/** A heading and what belongs to it, as a region with a name. */
export class Section {
  /**
   * @param name of the CSS class
   * @param inputs from a view to what is shown; undefined hides the section
   * @param draw from what is shown and the view to children
   * @param title from a view to the name of the section
   * @param isHeaded whether the name is shown
   */
  constructor({ name, inputs, draw, title, isHeaded = true }) {
    this._inputs = inputs;
    this._draw = draw;
    this._title = title;
    this._heading = h("h3", { hidden: !isHeaded });
    this._body = h("div", { class: "body" });
    this.element = h("section", { class: name }, this._heading, this._body);
  }

  update(view) {
    const inputs = this._inputs(view);
    const title = this._title(view);
    this.element.hidden = inputs === undefined;
    if (this.element.hidden) return;
    this._heading.textContent = title;
    this.element.setAttribute("aria-label", title);
    // The day too, as times are told with it.
    const shown = [inputs, title, view.formats.language, new Date(view.now).getDate()];
    keep(this._body, shown, () => this._draw(inputs, view));
  }
}
