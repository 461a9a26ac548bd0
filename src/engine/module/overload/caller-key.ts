import type { OverloadConfig } from '../../config/overload.js';
import { RequestOrigin } from '../origins/request-origin.js';

/** Whose request the running code belongs to, by the option `overload.key`; undefined outside any request. */
export function callerKeyOf({ key: keyOf }: OverloadConfig): () => string | undefined {
  return () => {
    const source = keyOf && RequestOrigin.currentSource();
    const key = source && keyOf(source);
    return key === undefined || key === null ? undefined : String(key);
  };
}
