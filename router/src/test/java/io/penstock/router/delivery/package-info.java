@NullMarked
package io.penstock.router.delivery;

import org.jspecify.annotations.NullMarked;
