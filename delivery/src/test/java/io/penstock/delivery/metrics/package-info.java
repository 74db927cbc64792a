@NullMarked
package io.penstock.delivery.metrics;

import org.jspecify.annotations.NullMarked;
