import "/pkg/status.js";

/** Puts a fake connection in the page, which does what a test says. */
class Fake extends EventTarget {
  state = { status: "RECONNECTING" };
  listeners = 0;
  addEventListener(type, listener, options) {
    this.listeners += 1;
    options?.signal?.addEventListener("abort", () => (this.listeners -= 1));
    super.addEventListener(type, listener, options);
  }
  become(state) {
    this.state = { ...this.state, ...state };
    this.dispatchEvent(new CustomEvent("status.changed", { detail: {} }));
  }
  beat(rtt) {
    if (rtt !== undefined) this.state.latency = rtt;
    this.dispatchEvent(new CustomEvent("heartbeat", { detail: { rtt, missed: rtt === undefined ? 1 : 0 } }));
  }
}

window.put = (attributes = {}) => {
  const element = document.createElement("steadfast-status");
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  document.body.append(element);
  return element;
};
window.fake = () => new Fake();
window.shown = (element) => {
  const part = (name) => element.shadowRoot.querySelector(`[part="${name}"]`).textContent;
  return [part("label"), part("quality"), part("latency")].filter((text) => text !== "").join(" ");
};
window.isReady = true;
