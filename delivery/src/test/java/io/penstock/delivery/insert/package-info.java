@NullMarked
package io.penstock.delivery.insert;

import org.jspecify.annotations.NullMarked;
