export interface OrderlyQuitPorts {
  /** Resolves, within a bounded time, when everything is stopped. */
  stop(): Promise<void>;
  exit(): void;
}

/** Holds the end of the program back until the embedded node has stopped in order. */
export function createOrderlyQuit(ports: OrderlyQuitPorts) {
  let state: 'running' | 'stopping' | 'stopped' = 'running';
  return (event: { preventDefault(): void }): void => {
    if (state === 'stopped') return;
    event.preventDefault();
    if (state === 'stopping') return;
    state = 'stopping';
    const end = () => {
      state = 'stopped';
      ports.exit();
    };
    ports.stop().then(end, end);
  };
}
