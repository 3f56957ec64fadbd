// Follows the plan of one entry over the WebSocket and keeps the whole picture of it.

const RETRY_MS = [2_000, 5_000, 10_000, 30_000];

export class PlanFeed {
  /** @param onChange called whenever `picture` or `error` has changed */
  constructor(onChange) {
    this._onChange = onChange;
    this._again = () => this._subscribe();
    this.picture = undefined;
    this.error = undefined;
  }

  follow(connection, entryId) {
    if (connection === this._connection && entryId === this._entryId) return;
    this.stop();
    this._connection = connection;
    this._entryId = entryId;
    this.picture = this.error = undefined;
    // Not left to the library: while Home Assistant starts, the command is not there yet, and a
    // subscription that fails once would be silent for good.
    connection.addEventListener?.("ready", this._again);
    this._subscribe();
  }

  stop() {
    this._connection?.removeEventListener?.("ready", this._again);
    this._leave();
    this._connection = this._entryId = undefined;
  }

  async _subscribe() {
    this._leave();
    const turn = this._turn;
    const message = { type: "bessai/plan/subscribe", config_entry_id: this._entryId };
    const receive = (parts) => turn === this._turn && this._receive(parts);
    try {
      const leave = await this._connection.subscribeMessage(receive, message, { resubscribe: false });
      if (turn === this._turn) this._unsubscribe = leave;
      else quietly(leave);
    } catch (error) {
      if (turn === this._turn) this._fail(error);
    }
  }

  _receive(parts) {
    this._failures = 0;
    this.error = undefined;
    this.picture = { ...this.picture, ...parts };
    this._onChange();
  }

  _fail(error) {
    this.error = error?.code ?? "unknown";
    this._failures = (this._failures ?? 0) + 1;
    const wait = RETRY_MS[Math.min(this._failures, RETRY_MS.length) - 1];
    this._timer = setTimeout(this._again, wait);
    this._onChange();
  }

  _leave() {
    this._turn = (this._turn ?? 0) + 1;
    clearTimeout(this._timer);
    if (this._unsubscribe) quietly(this._unsubscribe);
    this._unsubscribe = undefined;
  }
}

/** Unsubscribe; a connection that is gone has forgotten us already. */
async function quietly(leave) {
  try {
    await leave();
  } catch {
    // nothing is left to be ended
  }
}
