import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { ActorContext, Role } from '@singr/database';
import { InjectRepository } from '@nestjs/typeorm';
import { mergeMap, type Observable } from 'rxjs';
import type { Repository } from 'typeorm';

/** Writes the role that a request names for it: the header `x-PART` is the slug. */
class Writer {
  constructor(@InjectRepository(Role) private readonly roles: Repository<Role>) {}

  async write(host: ArgumentsHost, part: string): Promise<void> {
    const slug = host.switchToHttp().getRequest().headers[`x-${part}`] as string | undefined;
    if (slug !== undefined) await this.roles.insert({ slug });
  }
}

/** Nobody is known yet when it writes, and so it says who it is. */
@Injectable()
export class WritingGuard extends Writer implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    await ActorContext.run({ name: 'guard' }, () => this.write(context, 'guard'));
    return true;
  }
}

@Injectable()
export class WritingInterceptor extends Writer implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      mergeMap(async (answer) => {
        await this.write(context, 'interceptor');
        return answer;
      }),
    );
  }
}

@Catch()
@Injectable()
export class WritingFilter extends Writer implements ExceptionFilter {
  async catch(error: Error & { getStatus?(): number }, host: ArgumentsHost): Promise<void> {
    await this.write(host, 'filter');
    const status = error.getStatus?.() ?? 500;
    host.switchToHttp().getResponse().status(status).send({ message: error.message });
  }
}
