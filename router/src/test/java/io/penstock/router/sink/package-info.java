@NullMarked
package io.penstock.router.sink;

import org.jspecify.annotations.NullMarked;
