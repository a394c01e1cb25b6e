import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type {
  IpcParams,
  IpcRefusal,
  IpcRequestName,
  IpcResult,
} from '../../src-shared/contract/ipc.ts';
import { request } from './bridge.ts';

interface Ticker {
  listeners: Set<() => void>;
  /** Undefined while nobody can see the window: time that is not shown need not go on. */
  timer: ReturnType<typeof setInterval> | undefined;
}

/** One timer for all that show the time at the same steps, by `everyMs`. */
const tickers = new Map<number, Ticker>();

function isWindowSeen(): boolean {
  return document.visibilityState === 'visible';
}

document.addEventListener('visibilitychange', () => {
  for (const [everyMs, ticker] of tickers) {
    clearInterval(ticker.timer);
    ticker.timer = startTimer(everyMs, ticker.listeners);
    if (isWindowSeen()) ticker.listeners.forEach((tell) => tell());
  }
});

function startTimer(everyMs: number, listeners: ReadonlySet<() => void>): Ticker['timer'] {
  if (!isWindowSeen()) return undefined;
  return setInterval(() => listeners.forEach((tell) => tell()), everyMs);
}

/** Whether somebody can see the window: it is neither hidden nor minimised. */
export function useWindowSeen(): boolean {
  return useSyncExternalStore((listener) => {
    document.addEventListener('visibilitychange', listener);
    return () => document.removeEventListener('visibilitychange', listener);
  }, isWindowSeen);
}

function listenToTicks(everyMs: number, listener: () => void): () => void {
  let ticker = tickers.get(everyMs);
  if (!ticker) {
    const listeners = new Set<() => void>();
    ticker = { listeners, timer: startTimer(everyMs, listeners) };
    tickers.set(everyMs, ticker);
  }
  const known = ticker;
  known.listeners.add(listener);
  return () => {
    known.listeners.delete(listener);
    if (known.listeners.size > 0) return;
    clearInterval(known.timer);
    tickers.delete(everyMs);
  };
}

/** The time now, in milliseconds since 1970, at steps of `everyMs`. */
export function useNow(everyMs: number): number {
  const listen = useCallback((listener: () => void) => listenToTicks(everyMs, listener), [everyMs]);
  return useSyncExternalStore(listen, () => Math.floor(Date.now() / everyMs) * everyMs);
}

/** `value` once it has not changed for `delayMs`. */
export function useDebounced<T>(value: T, delayMs: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return settled;
}

export interface Action<N extends IpcRequestName> {
  busy: boolean;
  /** Why the last run was refused, until the next one or until dismissed. */
  refusal: IpcRefusal | null;
  dismiss: () => void;
  /** Undefined when the request was refused. */
  run: (params: IpcParams<N>) => Promise<IpcResult<N> | undefined>;
}

/** A request that a person sets off: what it is doing, and why it was refused. */
export function useAction<N extends IpcRequestName>(name: N): Action<N> {
  const [state, setState] = useState<{ busy: boolean; refusal: IpcRefusal | null }>({
    busy: false,
    refusal: null,
  });
  const run = useCallback(
    async (params: IpcParams<N>) => {
      setState({ busy: true, refusal: null });
      const answer = await request(name, params);
      setState({ busy: false, refusal: answer.ok ? null : answer });
      return answer.ok ? answer.value : undefined;
    },
    [name],
  );
  const dismiss = useCallback(() => setState({ busy: false, refusal: null }), []);
  return { ...state, run, dismiss };
}

type ExportName = 'export.picture' | 'export.support' | 'export.borrowToken' | 'report.export';

export interface Export<N extends ExportName> extends Omit<Action<N>, 'run'> {
  /** The file that the last run wrote; null: none. */
  path: string | null;
  run: (params: IpcParams<N>) => Promise<void>;
}

/** A request that asks where to, and writes a file there. */
export function useExport<N extends ExportName>(name: N): Export<N> {
  const { run: start, ...action } = useAction(name);
  const [path, setPath] = useState<string | null>(null);
  const run = async (params: IpcParams<N>) => {
    setPath(null);
    setPath((await start(params))?.path ?? null);
  };
  return { ...action, path, run };
}

export interface Loaded<T> {
  /** The newest answer; that of the former params stays until the next one is there. */
  value: T | null;
  refusal: IpcRefusal | null;
  loading: boolean;
}

/**
 * What a request answers, asked again whenever `params` (compared as JSON) or `version` changes.
 * Answers that come in the wrong order are dropped.
 */
export function useRequest<N extends IpcRequestName>(
  name: N,
  params: IpcParams<N>,
  version: unknown = 0,
): Loaded<IpcResult<N>> {
  const [state, setState] = useState<Loaded<IpcResult<N>>>({
    value: null,
    refusal: null,
    loading: true,
  });
  const key = JSON.stringify(params);
  useEffect(() => {
    let current = true;
    void request(name, JSON.parse(key) as IpcParams<N>).then((answer) => {
      if (!current) return;
      setState((former) =>
        answer.ok
          ? { value: answer.value, refusal: null, loading: false }
          : { value: former.value, refusal: answer, loading: false },
      );
    });
    return () => {
      current = false;
    };
  }, [name, key, version]);
  return state;
}

/** Whether a media query holds now. */
export function useMediaQuery(query: string): boolean {
  const listen = useCallback(
    (listener: () => void) => {
      const list = matchMedia(query);
      list.addEventListener('change', listener);
      return () => list.removeEventListener('change', listener);
    },
    [query],
  );
  return useSyncExternalStore(listen, () => matchMedia(query).matches);
}

/**
 * `value`, but changing at most every `everyMs`: the newest one follows at the end of that time.
 */
export function useThrottled<T>(value: T, everyMs: number): T {
  const [shown, setShown] = useState(value);
  const shownAtMs = useRef(0);
  useEffect(() => {
    const waitMs = Math.max(0, shownAtMs.current + everyMs - performance.now());
    const timer = setTimeout(() => {
      shownAtMs.current = performance.now();
      setShown(value);
    }, waitMs);
    return () => clearTimeout(timer);
  }, [value, everyMs]);
  return shown;
}

/** The width of an element in pixels, 0 before it is drawn. */
export function useWidth(): [(element: HTMLElement | null) => void, number] {
  const [widthPx, setWidthPx] = useState(0);
  const ref = useCallback((element: HTMLElement | null) => {
    if (!element) return undefined;
    const observer = new ResizeObserver(() => setWidthPx(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, widthPx];
}
