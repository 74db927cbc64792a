/**
 * The judgement of one record: parsed by the contract, its client looked up, its key checked. The
 * router goes by it, and whoever wants to know beforehand what the router would say.
 */
@NullMarked
package io.penstock.core.intake;

import org.jspecify.annotations.NullMarked;
