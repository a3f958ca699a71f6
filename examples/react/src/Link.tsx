import { useConnection, useConnectionState, useQuality } from "steadfast/react";

/** What is known of the link. */
export function Link({ address }: { address: string }) {
  const connection = useConnection(address);
  const state = useConnectionState(connection);
  const link = useQuality(connection);
  const latency = link?.latency === undefined ? "unknown" : `${link.latency.toFixed(0)} ms`;
  return (
    <section aria-labelledby="link">
      <h2 id="link">The link</h2>
      <dl>
        <dt>Status</dt>
        <dd>{state?.status ?? "none yet"}</dd>
        <dt>Quality</dt>
        <dd>{link?.quality ?? "unknown"}</dd>
        <dt>Latency</dt>
        <dd>{latency}</dd>
        <dt>Times it was lost</dt>
        <dd>{state?.totalDisconnections ?? 0}</dd>
      </dl>
      <button type="button" onClick={() => connection?.reconnect()}>
        Connect anew
      </button>
    </section>
  );
}
