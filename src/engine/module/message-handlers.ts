import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { INTERCEPTORS_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { RequestOrigin } from './origins/request-origin.js';
import { subscribedHere } from './origins/subscribed-here.js';
import { createContextStorage } from '../common/context-storage.js';
import { RequestTransactionInterceptor } from './request-transaction.interceptor.js';

/** What `@MessagePattern()` and `@EventPattern()` leave on a handler. */
const handlerMetadata = 'microservices:handler_type';

type Handler = (...args: unknown[]) => unknown;

/** A transport, which every microservice has one of. */
interface MessageServer {
  addHandler(pattern: unknown, handler: Handler, ...rest: unknown[]): unknown;
}

/** The interceptor of the application that a message came to. */
const interceptors = createContextStorage<NestInterceptor>();

/**
 * Stands in controllers' lists of interceptors for that of the application: a class can be a
 * controller of several.
 */
const interceptorOfMessage: NestInterceptor = {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const interceptor = context.getType() === 'rpc' ? interceptors.getStore() : undefined;
    return interceptor === undefined
      ? next.handle()
      : (interceptor.intercept(context, next) as Observable<unknown>);
  },
};

/**
 * Gives messages their actor and their transaction also in a hybrid application: what
 * `connectMicroservice()` makes has interceptors of its own, and `APP_INTERCEPTOR` is none of them
 * unless it is told `inheritAppConfig`. Interceptors of controllers are, so this adds one to those with
 * handlers of messages.
 */
@Injectable()
export class MessageHandlers {
  constructor(
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
    @Inject(RequestTransactionInterceptor)
    private readonly interceptor: RequestTransactionInterceptor,
  ) {
    // Called as soon as a microservice is made, which is before it looks for its handlers.
    modules.getRpcTargetRegistry<MessageServer>().subscribe((server) => this.prepare(server));
  }

  private prepare(server: MessageServer): void {
    for (const { controllers } of this.modules.values()) {
      for (const { metatype } of controllers.values()) {
        if (typeof metatype === 'function' && handlesMessages(metatype)) intercept(metatype);
      }
    }
    const addHandler = server.addHandler.bind(server);
    server.addHandler = (pattern, handler, ...rest) =>
      addHandler(pattern, this.within(handler), ...rest);
  }

  /** A proxy, since servers keep notes on the handler, such as the next one of the same event. */
  private within(handler: Handler): Handler {
    return new Proxy(handler, {
      apply: (target, self, args: unknown[]) =>
        new RequestOrigin(args.filter(isObject)).enter(() =>
          interceptors.run(this.interceptor, () =>
            subscribedHere(Reflect.apply(target, self, args)),
          ),
        ),
    });
  }
}

function handlesMessages({ prototype }: Function): boolean {
  return new MetadataScanner()
    .getAllMethodNames(prototype)
    .some((name) => Reflect.hasMetadata(handlerMetadata, prototype[name]));
}

function intercept(controller: Function): void {
  const present: unknown[] = Reflect.getMetadata(INTERCEPTORS_METADATA, controller) ?? [];
  if (present.includes(interceptorOfMessage)) return;
  // First, as the interceptors of an application come before those of a controller.
  Reflect.defineMetadata(INTERCEPTORS_METADATA, [interceptorOfMessage, ...present], controller);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
