/**
 * {@code ./penstock demo}: real events through the whole of Penstock on a stack of its own, and the
 * account of them. {@link io.penstock.local.demo.Demo} is the sequence; it uses Penstock's other
 * applications as a person would, through {@code ./penstock}.
 */
@NullMarked
package io.penstock.local.demo;

import org.jspecify.annotations.NullMarked;
