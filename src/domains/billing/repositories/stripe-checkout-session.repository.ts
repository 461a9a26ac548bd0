import type { StripeCheckoutSession } from '../entities/stripe-checkout-session.entity.js';
import { MirrorRepository } from './mirror.repository.js';

export class StripeCheckoutSessionRepository extends MirrorRepository<StripeCheckoutSession> {}
