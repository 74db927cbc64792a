@NullMarked
package io.penstock.delivery.block;

import org.jspecify.annotations.NullMarked;
