/** Who the clients are: their metadata, their keys, what a look-up may say of one. */
@NullMarked
package io.penstock.core.client;

import org.jspecify.annotations.NullMarked;
