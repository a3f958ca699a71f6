import { useEffect, useState } from "react";
import { useConnection } from "steadfast/react";

/** So many messages are shown. */
const SHOWN = 20;

/** Sends texts, whatever the link does meanwhile, and shows what the server echoes. */
export function Chat({ address }: { address: string }) {
  const connection = useConnection(address);
  const [echoes, setEchoes] = useState<{ number: number; text: string }[]>([]);
  useEffect(() => {
    if (connection === undefined) return;
    let number = 0;
    const heard = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      const echo = { number: number++, text: String(data) };
      setEchoes((before) => [...before, echo].slice(-SHOWN));
    };
    connection.addEventListener("message", heard);
    return () => connection.removeEventListener("message", heard);
  }, [connection]);
  return (
    <section aria-labelledby="chat">
      <h2 id="chat">Messages</h2>
      <form
        action={(form) => {
          const text = form.get("text");
          if (typeof text === "string" && text !== "") connection?.send(text);
        }}
      >
        <input name="text" aria-label="A text to send" autoComplete="off" />
        <button disabled={connection === undefined}>Send</button>
      </form>
      <ul>
        {echoes.map(({ number, text }) => (
          <li key={number}>{text}</li>
        ))}
      </ul>
    </section>
  );
}
