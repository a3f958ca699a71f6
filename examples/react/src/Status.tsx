import { useEffect, useRef } from "react";
import type { Connection } from "steadfast";
import "steadfast/status";
import type { SteadfastStatus } from "steadfast/status";

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "steadfast-status": React.DetailedHTMLProps<React.HTMLAttributes<SteadfastStatus>, SteadfastStatus>;
    }
  }
}

/** The element of `steadfast/status`, for every version of React. */
export function Status({ connection }: { connection: Connection | undefined }) {
  const element = useRef<SteadfastStatus>(null);
  useEffect(() => {
    if (element.current) element.current.connection = connection;
  }, [connection]);
  return <steadfast-status ref={element} />;
}
