// Finds plants and their entities in the registries. Entities are known by what they are
// (`sensor.soc`: the platform and the translation key), never by an id that the owner may change.

export const DOMAIN = "bessai";

let kept = { entities: undefined, devices: undefined, plants: new Map() };

/** From the id of a config entry to its entities: `sensor.soc` → `sensor.battery_state_of_charge`. */
export function plantsOf(hass) {
  if (kept.entities !== hass.entities || kept.devices !== hass.devices) {
    kept = { entities: hass.entities, devices: hass.devices, plants: findPlants(hass) };
  }
  return kept.plants;
}

function findPlants(hass) {
  const plants = new Map();
  for (const entity of Object.values(hass.entities ?? {})) {
    if (entity.platform !== DOMAIN || !entity.translation_key) continue;
    const entry = entryOf(hass.devices?.[entity.device_id]);
    if (entry === undefined) continue;
    if (!plants.has(entry)) plants.set(entry, {});
    const key = `${entity.entity_id.split(".")[0]}.${entity.translation_key}`;
    plants.get(entry)[key] ??= entity.entity_id;
  }
  return plants;
}

function entryOf(device) {
  return device?.primary_config_entry ?? device?.config_entries?.[0];
}

/** The entry that a config means: the one it names, else the first that can be planned for. */
export function chosenEntry(hass, config) {
  if (config.entry_id) return config.entry_id;
  const plants = [...plantsOf(hass)];
  const best = plants.find(([, ids]) => "sensor.plan_status" in ids) ?? plants[0];
  return best?.[0];
}

/** The entry that an entity of ours belongs to. */
export function entryOfEntity(hass, entityId) {
  const entity = hass.entities?.[entityId];
  return entity?.platform === DOMAIN ? entryOf(hass.devices?.[entity.device_id]) : undefined;
}
