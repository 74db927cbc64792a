/** The catalogue of Penstock's own metrics, and the meters that are made from it. */
@NullMarked
package io.penstock.core.metrics;

import org.jspecify.annotations.NullMarked;
