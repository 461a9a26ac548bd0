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

/** The metadata key that `@MessagePattern()` and `@EventPattern()` set on a handler. */
const handlerMetadata = 'microservices:handler_type';

type Handler = (...args: unknown[]) => unknown;

/** The transport of a microservice. */
interface MessageServer {
  addHandler(pattern: unknown, handler: Handler, ...rest: unknown[]): unknown;
}

/** The interceptor of the application that received the message. */
const interceptors = createContextStorage<NestInterceptor>();

/**
 * Calls the interceptor of the current application. It is the one in the metadata of controllers, because a
 * class can be a controller of several applications.
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
 * Gives messages their actor and their transaction, also in a hybrid application. There `APP_INTERCEPTOR`
 * does not apply to a microservice made by `connectMicroservice()` without `inheritAppConfig`, but
 * interceptors of controllers do. So this adds an interceptor to each controller that handles messages.
 */
@Injectable()
export class MessageHandlers {
  constructor(
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
    @Inject(RequestTransactionInterceptor)
    private readonly interceptor: RequestTransactionInterceptor,
  ) {
    // Called when a microservice is created, before it looks for its handlers.
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

  /** Runs the handler in an origin of its own. A proxy, because transports set properties on handlers. */
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
  // First, because the interceptors of an application run before those of a controller.
  Reflect.defineMetadata(INTERCEPTORS_METADATA, [interceptorOfMessage, ...present], controller);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
