import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./App.tsx";
import "./style.css";

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no root");
createRoot(root).render(
  <StrictMode>
    <App address={new URLSearchParams(location.search).get("server") ?? "ws://127.0.0.1:9001/"} />
  </StrictMode>,
);
