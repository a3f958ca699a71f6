// What a class gets by `Object.defineProperty`, which tsc does not see: the constants and the `on…` attributes.

interface Constants {
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
}

type Attributes = Constants & Pick<WebSocket, "onclose" | "onerror" | "onmessage" | "onopen">;

type Class = new (...given: never[]) => object;

export type WithDefined<Script extends Class> = Constants &
  Omit<Script, "prototype"> & {
    readonly prototype: InstanceType<Script> & Attributes;
    new (...given: ConstructorParameters<Script>): InstanceType<Script> & Attributes;
  };
