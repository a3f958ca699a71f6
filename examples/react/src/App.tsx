import { useState } from "react";
import { useConnection } from "steadfast/react";

import { Chat } from "./Chat.tsx";
import { Link } from "./Link.tsx";
import { Status } from "./Status.tsx";

/** Two panels share one connection, which is closed when both are hidden. */
export function App({ address }: { address: string }) {
  const [shown, setShown] = useState({ link: true, chat: true });
  return (
    <main>
      <h1>Steadfast in React</h1>
      {(shown.link || shown.chat) && <Header address={address} />}
      <fieldset>
        <legend>Show</legend>
        {(["link", "chat"] as const).map((name) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={shown[name]}
              onChange={(event) => setShown({ ...shown, [name]: event.target.checked })}
            />
            {name}
          </label>
        ))}
      </fieldset>
      {shown.link && <Link address={address} />}
      {shown.chat && <Chat address={address} />}
    </main>
  );
}

function Header({ address }: { address: string }) {
  return <Status connection={useConnection(address)} />;
}
