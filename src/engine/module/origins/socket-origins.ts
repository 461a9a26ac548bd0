import type { WebSocketAdapter } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import { RequestOrigin } from './request-origin.js';
import { subscribedHere } from './subscribed-here.js';

/** Opens an origin for each socket event before its guards run, with any WebSocket adapter. */
export function openSocketOrigins(config: ApplicationConfig): void {
  const set = config.setIoAdapter.bind(config);
  config.setIoAdapter = (adapter) => {
    openFrom(adapter);
    set(adapter);
  };
}

function openFrom(adapter: WebSocketAdapter): void {
  const bind = adapter.bindMessageHandlers.bind(adapter);
  adapter.bindMessageHandlers = (client: object, handlers, transform) => {
    const within = handlers.map((handler) => ({
      ...handler,
      callback: (...args: unknown[]) =>
        new RequestOrigin([client]).enter(() =>
          subscribedHere(handler.callback(...args)),
        ) as Promise<unknown>,
    }));
    bind(client, within, transform);
  };
}
