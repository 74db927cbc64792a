@NullMarked
package io.penstock.delivery;

import org.jspecify.annotations.NullMarked;
