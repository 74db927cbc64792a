/**
 * The catalogues of metrics, Penstock's own and libraries', and the meters that are made from them.
 */
@NullMarked
package io.penstock.core.metrics;

import org.jspecify.annotations.NullMarked;
