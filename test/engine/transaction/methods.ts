import { Injectable } from '@nestjs/common';
import { NoTransaction, Transactional } from '@singr/database';

/** Service methods as an application writes them; each takes what to do in it. */
@Injectable()
export class Methods {
  @Transactional()
  required<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  @Transactional({ propagation: 'REQUIRES_NEW' })
  requiresNew<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  @Transactional({ propagation: 'NESTED' })
  nested<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  @Transactional({ propagation: 'MANDATORY' })
  mandatory<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  @NoTransaction()
  outside<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  @Transactional({ isolationLevel: 'SERIALIZABLE' })
  serializable<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  @Transactional({ isolationLevel: 'SERIALIZABLE', retries: 5 })
  retried<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  @Transactional({ retries: 3 })
  retriedAtDeadlocks<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }
}
