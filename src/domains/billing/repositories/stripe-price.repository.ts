import type { StripePrice } from '../entities/stripe-price.entity.js';
import { MirrorRepository } from './mirror.repository.js';

export class StripePriceRepository extends MirrorRepository<StripePrice> {}
