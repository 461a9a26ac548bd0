import type { Subscription } from '../entities/subscription.entity.js';
import { MirrorRepository } from './mirror.repository.js';

export class SubscriptionRepository extends MirrorRepository<Subscription> {}
