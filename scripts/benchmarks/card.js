// What a card costs, measured on the one that is shown; given to the page by card.py.
async (config) => {
  const findCard = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.localName === "bessai-card") return element;
      const found = element.shadowRoot && findCard(element.shadowRoot);
      if (found) return found;
    }
    return undefined;
  };
  const hass = document.querySelector("home-assistant").hass;
  const shown = findCard(document);
  const ours = performance.getEntriesByType("resource").filter((one) => one.name.includes("bessai_frontend"));
  const loaded = Math.max(...ours.map((one) => one.responseEnd)) - Math.min(...ours.map((one) => one.startTime));
  const soc = Object.values(hass.entities)
    .find((one) => one.platform === "bessai" && one.translation_key === "soc").entity_id;
  const changed = (id, value) => ({
    ...hass, states: { ...hass.states, [id]: { ...hass.states[id], state: String(value) } },
  });
  const each = (times, act) => {
    const began = performance.now();
    for (let time = 0; time < times; time += 1) act(time);
    return (performance.now() - began) / times;
  };
  const first = [];
  for (let time = 0; time < 20; time += 1) {
    const began = performance.now();
    const card = document.createElement("bessai-card");
    card.setConfig(config);
    card.hass = hass;
    shown.parentNode.append(card);
    card._feed.picture = shown._feed.picture;
    card._draw(hass, card._config);
    card.getBoundingClientRect();
    first.push(performance.now() - began);
    card.remove();
  }
  first.sort((one, other) => one - other);
  const foreign = each(5000, () => { shown.hass = changed("sun.sun", "above_horizon"); });
  const own = each(200, (time) => {
    shown._draw(changed(soc, 40 + time % 2), shown._config);
    shown.getBoundingClientRect();
  });
  shown.hass = hass;
  return { files: ours.length, loaded, first: first[10], foreign, own,
    nodes: shown.shadowRoot.querySelectorAll("*").length };
}
